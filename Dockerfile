FROM node:26-slim
WORKDIR /server
ENV NODE_ENV=production
COPY server/package.json server/package-lock.json ./
RUN npm ci
COPY server/ ./
CMD ["node", "server.js"]
